import { test } from '../fixtures.ts';
import { settingsOf, testCheckbox, testThemeChange } from '../support/captcha_service.ts';

test.use({ settings: settingsOf('hcaptcha') });

testCheckbox();
testThemeChange('hcaptcha');
